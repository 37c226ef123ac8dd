//! The probe and the choice of CPUs on whole machines.

mod build;
mod choice;
mod facts;
mod machines;
mod stability;
