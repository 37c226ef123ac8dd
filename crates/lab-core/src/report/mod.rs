//! What people and scripts are shown of a stored Run.
//!
//! A report is made from a Run alone; it never looks at the host or at files.

pub mod across;
pub mod budget;
pub mod canary;
pub mod compared;
pub mod export;
pub mod html;
pub mod json;
pub mod number;
pub mod power;
pub mod remark;
pub mod table;
pub mod text;
pub mod validated;
pub mod view;
