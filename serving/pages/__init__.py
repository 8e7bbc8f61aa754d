"""What reps, marketing and managers read: pages rendered here, with nothing fetched from elsewhere and no script."""
