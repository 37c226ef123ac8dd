//! The same work as the bundled systems on the stores that people use today.
