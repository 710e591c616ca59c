//! stub
use super::behaviours;
behaviours!("memory":);
