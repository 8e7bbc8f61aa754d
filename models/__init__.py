"""What is learned from past leads."""
