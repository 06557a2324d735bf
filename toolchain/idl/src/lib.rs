//! Host tool: idl.
