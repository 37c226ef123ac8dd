//! The knobs on fake and real machines: what each declares, and what none may ever declare.

mod declared;
mod live;
mod machines;
mod properties;
mod traps;
mod tree;
