"""What outcomes say of those who bring leads and of those who close them: sources, the funnel, reps."""
