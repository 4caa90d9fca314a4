"""Measures: functions and their torchmetrics twins."""
