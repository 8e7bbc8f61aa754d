"""How people write numbers, times, ids and answers, and what is read from them."""
