"""Know: what is kept of a person, as columns of all people of a worker."""
