"""Work on a partitioned history, part by part: in this process, or by Dask on as many machines as there are."""
