//! Ports and addresses of labels.

use std::net::IpAddr;

use crate::diagnostics::Diagnostic;
use crate::model::PortLabel;
use crate::syntax::Port;

/// Checks and converts a port clause; the label is left 0.
pub fn parse_port(port: &Port) -> Result<PortLabel, Box<Diagnostic>> {
    let protocol = match port.protocol.value.as_str() {
        "tcp" => 6,
        "udp" => 17,
        other => {
            let message = format!("unknown protocol `{other}`");
            return Err(Box::new(
                Diagnostic::error(port.protocol.span, message).help("there are `tcp` and `udp`"),
            ));
        }
    };
    let number = |number: &crate::syntax::Number| {
        u16::try_from(number.value).map_err(|_| {
            Box::new(Diagnostic::error(
                number.span,
                format!("{} is no port (0 to 65535)", number.value),
            ))
        })
    };
    let (first, last) = (number(&port.first)?, number(&port.last)?);
    if first > last {
        return Err(Box::new(Diagnostic::error(
            port.first.span.to(port.last.span),
            "this range is empty",
        )));
    }
    let (address, prefix_bits) = match &port.address {
        Some(text) => parse_address(&text.value).ok_or_else(|| {
            Box::new(
                Diagnostic::error(text.span, format!("`{}` is no address", text.value)).help(
                    "write `10.0.0.0/8`, `127.0.0.1` or `fe80::/10`; bits beyond the prefix must be zero",
                ),
            )
        })?,
        None => (0, 0),
    };
    Ok(PortLabel {
        protocol,
        first,
        last,
        address,
        prefix_bits,
        label: 0,
    })
}

/// An address with an optional prefix length, IPv4 mapped into IPv6.
pub fn parse_address(text: &str) -> Option<(u128, u8)> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let (address, bits, offset) = match address.parse().ok()? {
        IpAddr::V4(address) => (u128::from(address.to_ipv6_mapped()), 32, 96),
        IpAddr::V6(address) => (u128::from(address), 128, 0),
    };
    let prefix = prefix.unwrap_or(bits);
    if prefix > bits {
        return None;
    }
    let counted = prefix + offset;
    let beyond = u128::MAX.checked_shr(u32::from(counted)).unwrap_or(0);
    (address & beyond == 0).then_some((address, counted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_mapped_and_strict() {
        assert_eq!(parse_address("10.0.0.0/8"), Some((0xffff_0a00_0000, 104)));
        assert_eq!(parse_address("127.0.0.1"), Some((0xffff_7f00_0001, 128)));
        assert_eq!(parse_address("::1"), Some((1, 128)));
        assert_eq!(parse_address("::/0"), Some((0, 0)));
        assert_eq!(parse_address("10.0.0.1/8"), None);
        assert_eq!(parse_address("10.0.0.0/33"), None);
        assert_eq!(parse_address("tomorrow"), None);
    }
}
