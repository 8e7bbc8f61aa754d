"""Why a score is what it is: contributions, their sentences, and past leads like this one."""
