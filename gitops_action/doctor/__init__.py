"""What each job needs of the machine, the repository, GitHub and the clusters, and what of it is missing."""
