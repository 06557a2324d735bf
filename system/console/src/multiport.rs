//! The control queue of a console with several ports: VIRTIO 1.1, section 5.3.6.

use alloc::vec::Vec;

/// Ports of this machine's console, port 0 (unused) included. Note 0013 names them.
pub const PORT_COUNT: usize = 7;
/// Bytes of a control message without the text that may follow it.
pub const MESSAGE_SIZE: usize = 8;

mod event {
    pub const DEVICE_READY: u16 = 0;
    pub const PORT_ADD: u16 = 1;
    pub const PORT_REMOVE: u16 = 2;
    pub const PORT_READY: u16 = 3;
    pub const PORT_OPEN: u16 = 6;
}

/// A control message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Port.
    pub port: u32,
    /// What happened.
    pub event: u16,
    /// One or zero, where the event has two sides.
    pub value: u16,
}

impl Message {
    /// Reads the bytes of a message; text behind it is left out.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Message> {
        let [p0, p1, p2, p3, e0, e1, v0, v1] = *bytes.first_chunk::<MESSAGE_SIZE>()?;
        Some(Message {
            port: u32::from_le_bytes([p0, p1, p2, p3]),
            event: u16::from_le_bytes([e0, e1]),
            value: u16::from_le_bytes([v0, v1]),
        })
    }

    /// The bytes of the message.
    #[must_use]
    pub fn bytes(&self) -> [u8; MESSAGE_SIZE] {
        let mut bytes = [0; MESSAGE_SIZE];
        bytes[..4].copy_from_slice(&self.port.to_le_bytes());
        bytes[4..6].copy_from_slice(&self.event.to_le_bytes());
        bytes[6..].copy_from_slice(&self.value.to_le_bytes());
        bytes
    }
}

/// What is known of the ports.
#[derive(Clone, Debug, Default)]
pub struct Ports {
    present: [bool; PORT_COUNT],
    connected: [bool; PORT_COUNT],
}

impl Ports {
    /// The first message of the driver.
    #[must_use]
    pub fn hello() -> Message {
        Message {
            port: 0,
            event: event::DEVICE_READY,
            value: 1,
        }
    }

    /// Takes a message of the device; answers what the driver says to it. Ports beyond the known ones are not used.
    pub fn receive(&mut self, message: Message) -> Vec<Message> {
        let Ok(port) = usize::try_from(message.port) else {
            return Vec::new();
        };
        if port >= PORT_COUNT {
            return Vec::new();
        }
        match message.event {
            event::PORT_ADD => {
                self.present[port] = true;
                // Ready for its queues, and open on this side: the host's bytes may come.
                Vec::from([event::PORT_READY, event::PORT_OPEN].map(|event| Message {
                    port: message.port,
                    event,
                    value: 1,
                }))
            }
            event::PORT_REMOVE => {
                self.present[port] = false;
                self.connected[port] = false;
                Vec::new()
            }
            event::PORT_OPEN => {
                self.connected[port] = message.value != 0;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Whether the device has the port.
    #[must_use]
    pub fn is_present(&self, port: usize) -> bool {
        self.present.get(port).copied().unwrap_or(false)
    }

    /// Whether the host has its side of the port open.
    #[must_use]
    pub fn is_connected(&self, port: usize) -> bool {
        self.connected.get(port).copied().unwrap_or(false)
    }
}

/// Numbers of a port's queues: from the host, and to it. The control queues are 2 and 3.
#[must_use]
pub const fn queues(port: u16) -> (u16, u16) {
    if port == 0 {
        (0, 1)
    } else {
        (2 + 2 * port, 3 + 2 * port)
    }
}

/// Numbers of the control queues: from the host, and to it.
pub const CONTROL_QUEUES: (u16, u16) = (2, 3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_added_is_opened() {
        let mut ports = Ports::default();
        let answers = ports.receive(Message {
            port: 2,
            event: 1,
            value: 1,
        });
        assert_eq!(answers[0].bytes(), [2, 0, 0, 0, 3, 0, 1, 0]);
        assert_eq!(answers[1].bytes(), [2, 0, 0, 0, 6, 0, 1, 0]);
        assert!(ports.is_present(2) && !ports.is_connected(2));
        assert_eq!(
            ports.receive(Message {
                port: 2,
                event: 6,
                value: 1
            }),
            []
        );
        assert!(ports.is_connected(2));
        ports.receive(Message {
            port: 2,
            event: 2,
            value: 1,
        });
        assert!(!ports.is_present(2) && !ports.is_connected(2));
    }

    #[test]
    fn ports_and_events_that_nobody_knows_are_left_out() {
        let mut ports = Ports::default();
        assert_eq!(
            ports.receive(Message {
                port: 7,
                event: 1,
                value: 1
            }),
            []
        );
        assert_eq!(
            ports.receive(Message {
                port: u32::MAX,
                event: 1,
                value: 1
            }),
            []
        );
        assert_eq!(
            ports.receive(Message {
                port: 1,
                event: 99,
                value: 1
            }),
            []
        );
        assert_eq!(Message::parse(&[0; 7]), None);
    }

    #[test]
    fn control_queues_lie_between_those_of_port_0_and_port_1() {
        assert_eq!([queues(0), queues(1), queues(5)], [(0, 1), (4, 5), (12, 13)]);
    }
}
