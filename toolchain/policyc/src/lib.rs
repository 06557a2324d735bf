//! Host tool: policyc.
