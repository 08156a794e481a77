"""How it travels: who may ask, where work is done, and how answers are delivered."""
