//! stub
use super::behaviours;
behaviours!("hostile":);
