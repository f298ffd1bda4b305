"""One file a resource; every route is plain and runs in the thread pool unless its connection stays open."""
