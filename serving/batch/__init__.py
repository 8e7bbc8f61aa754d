"""Scoring a file of leads: read, scored and written in batches, so that its length does not matter."""

from serving.batch.leads import Choices
from serving.batch.scoring import Deciding, Progress, score_file
from serving.batch.writing import OUTPUT, SameFileError, UnknownFormatError

__all__ = ["OUTPUT", "Choices", "Deciding", "Progress", "SameFileError", "UnknownFormatError", "score_file"]
