//! Host tool: image.
