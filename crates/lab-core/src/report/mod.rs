//! What people and scripts are shown of a stored Run.
//!
//! A report is made from a Run alone; it never looks at the host or at files.

pub mod across;
pub mod bmf;
pub mod budget;
pub mod canary;
pub mod comment;
pub mod compared;
pub mod csv;
pub mod export;
pub mod format;
pub mod gab;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod md;
pub mod next;
pub mod number;
pub mod openmetrics;
pub mod place;
pub mod power;
pub mod prose;
pub mod provenance;
pub mod remark;
mod rows;
mod run_table;
mod shell;
pub mod table;
pub mod text;
pub mod tone;
pub mod trend;
pub mod validated;
pub mod view;
