"""Cue sheets on disk.

========== ======== ==========================================================================================
format     suffix   holds
========== ======== ==========================================================================================
JSON       .json    everything, exactly
CSV        .csv     everything, exactly; ``start_s`` and ``label`` alone suffice when a person types it (see
                    :mod:`.table` for what else is read)
Audacity   .txt     times to 1 ns, label, variant, strength, pan, distance, confidence; no id, envelope or length of
                    the clip (see :mod:`.audacity`)
MIDI       .mid     times and the clip's length to 1/48000 s, label, variant, pan, distance, confidence, strength in
                    127 steps; no id or envelope (see :mod:`.midi`)
========== ======== ==========================================================================================
"""

from silentfoley.cue_formats.disk import cue_places, read_cues, write_cues
from silentfoley.cue_formats.plain import sheet_from_dict, sheet_to_dict

__all__ = ["cue_places", "read_cues", "sheet_from_dict", "sheet_to_dict", "write_cues"]
