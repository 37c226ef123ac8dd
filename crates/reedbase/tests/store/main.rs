//! ReedBase from outside: against a model, against crashes, kills, damage and bad input.

mod crash;
mod damage;
mod disk;
mod format;
mod kill;
mod model;
mod outside;
