"""Pages for people: each asks the API's own handlers, in this process, and shows their answers."""
