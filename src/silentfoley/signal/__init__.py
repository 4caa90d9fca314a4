"""Pure tensor functions on sound: STFT, mel, phase, envelope, onsets, loudness."""
