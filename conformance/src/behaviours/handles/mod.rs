//! stub
use super::behaviours;
behaviours!("handles":);
