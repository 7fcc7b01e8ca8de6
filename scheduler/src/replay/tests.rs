//! Replays of directories that are made by hand.
