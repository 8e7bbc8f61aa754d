"""Web forms as browsers send them: read, limited, and turned into leads. What they are answered never holds a score."""
