//! Denials in words.

use alloc::format;
use alloc::string::String;
use trivet_ipc::audit::Record;

/// No rule decided.
const NO_RULE: u32 = u32::MAX;
/// Verdict of a refused message.
pub const REFUSED: u32 = 0;

/// Names behind the numbers of a record.
pub trait Names {
    /// The name of a domain.
    fn domain(&self, number: u32) -> String;
    /// The name of a label.
    fn label(&self, number: u32) -> String;
    /// The name of a method with its interface's, as `File.open`.
    fn method(&self, interface: u16, method: u16) -> String;
    /// The text of a rule.
    fn rule(&self, number: u32) -> String;
}

/// One record as a sentence for people.
#[must_use]
pub fn sentence(record: &Record, names: &impl Names) -> String {
    let verdict = if record.verdict == REFUSED {
        "was denied"
    } else {
        "was granted"
    };
    let rule = match record.rule {
        NO_RULE if record.verdict == REFUSED => String::from("no rule allows it"),
        NO_RULE => String::from("no rule"),
        number => format!("rule: {}", names.rule(number)),
    };
    let times = match record.repeated {
        0 => String::new(),
        more => format!(" ({} times)", u64::from(more) + 1),
    };
    format!(
        "domain {} {verdict} {} on label {}; {rule}{times}",
        names.domain(record.domain),
        names.method(record.interface, record.method),
        names.label(record.label),
    )
}

/// One record as a line of the audit file: time, process and the sentence.
#[must_use]
pub fn line(record: &Record, names: &impl Names) -> String {
    let (seconds, rest) = (
        record.time_ns / 1_000_000_000,
        record.time_ns % 1_000_000_000 / 1000,
    );
    format!(
        "audit {seconds}.{rest:06} process {}: {}",
        record.process,
        sentence(record, names)
    )
}

/// Messages that a record stands for.
#[must_use]
pub fn count(record: &Record) -> u64 {
    u64::from(record.repeated) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Names for Fixed {
        fn domain(&self, number: u32) -> String {
            format!("d{number}")
        }
        fn label(&self, number: u32) -> String {
            format!("l{number}")
        }
        fn method(&self, interface: u16, method: u16) -> String {
            format!("I{interface}.m{method}")
        }
        fn rule(&self, number: u32) -> String {
            format!("deny r{number}")
        }
    }

    #[test]
    fn a_denial_names_domain_method_label_and_that_there_is_no_rule() {
        let record = Record {
            domain: 5,
            label: 2,
            interface: 32,
            method: 16,
            rule: NO_RULE,
            ..Record::default()
        };
        assert_eq!(
            sentence(&record, &Fixed),
            "domain d5 was denied I32.m16 on label l2; no rule allows it"
        );
        let ruled = Record {
            rule: 7,
            repeated: 2,
            ..record
        };
        assert_eq!(
            sentence(&ruled, &Fixed),
            "domain d5 was denied I32.m16 on label l2; rule: deny r7 (3 times)"
        );
        assert_eq!(count(&ruled), 3);
    }

    #[test]
    fn a_line_has_time_and_process() {
        let record = Record {
            time_ns: 1_000_002_000,
            process: 9,
            verdict: 1,
            rule: 1,
            ..Record::default()
        };
        assert_eq!(
            line(&record, &Fixed),
            "audit 1.000002 process 9: domain d0 was granted I0.m0 on label l0; rule: deny r1"
        );
    }
}
