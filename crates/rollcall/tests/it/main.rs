//! The program itself, started as people and programs start it: real files, a MedHub on this machine.

mod desk;
mod files;
mod medhub;
mod processes;
mod refusals;
mod story;
mod usage;
