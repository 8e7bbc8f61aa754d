"""A history in parts by a hash of the lead: every row of a lead is in one part, and each part is read and checked like a whole history."""
