"""From a history and moments to the feature matrix, as of each moment."""
