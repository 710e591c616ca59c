//! The report as JUnit XML: a suite for each subject, a case for each behaviour.

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};

use super::report::Report;
use crate::Outcome;

pub(super) fn report(report: &Report) -> Result<String, String> {
    let written = write(report).map_err(|error| format!("cannot write XML: {error}"))?;
    String::from_utf8(written).map_err(|error| format!("cannot write XML: {error}"))
}

fn write(report: &Report) -> std::io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites").with_attribute(("name", "hostcrypt conformance")).write_inner_content(|xml| {
        for subject in &report.subjects {
            suite(xml, report, subject)?;
        }
        Ok(())
    })?;
    Ok(xml.into_inner())
}

fn suite(xml: &mut Writer<Vec<u8>>, report: &Report, subject: &str) -> std::io::Result<()> {
    let counts = report.counts(|judged| judged.subject == subject);
    let tests = counts.passed + counts.unsupported + counts.failed + counts.known + counts.skipped;
    let attributes = [
        ("name", subject.to_owned()),
        ("tests", tests.to_string()),
        ("failures", counts.failed.to_string()),
        ("skipped", counts.skipped.to_string()),
    ];
    let attributes = attributes.iter().map(|(name, value)| (*name, value.as_str()));
    xml.create_element("testsuite").with_attributes(attributes).write_inner_content(|xml| {
        for judged in report.judged.iter().filter(|judged| judged.subject == subject) {
            let seconds = format!("{:.3}", judged.took.as_secs_f64());
            let (part, name) = judged.behaviour.rsplit_once("::").unwrap_or(("", &judged.behaviour));
            let class = format!("{subject}.{part}");
            let attributes = [("classname", class.as_str()), ("name", name), ("time", &seconds)];
            let case = xml.create_element("testcase").with_attributes(attributes);
            match &judged.outcome {
                Outcome::Passed => drop(case.write_empty()?),
                Outcome::Unsupported(_) | Outcome::Known(_) => drop(case.write_inner_content(|xml| {
                    let note = match &judged.outcome {
                        Outcome::Unsupported(algorithms) => {
                            format!("does not serve {}, and says so", algorithms.join(", "))
                        }
                        other => format!("fails, as is known: {}", other.said()),
                    };
                    xml.create_element("system-out").write_text_content(BytesText::new(&note))?;
                    Ok(())
                })?),
                Outcome::Failed(what) => drop(case.write_inner_content(|xml| {
                    let message = what.lines().next().unwrap_or_default();
                    let failure = xml.create_element("failure").with_attribute(("message", message));
                    failure.write_text_content(BytesText::new(what))?;
                    Ok(())
                })?),
                Outcome::Skipped(reason) => drop(case.write_inner_content(|xml| {
                    xml.create_element("skipped").with_attribute(("message", reason.as_str())).write_empty()?;
                    Ok(())
                })?),
            }
        }
        Ok(())
    })?;
    Ok(())
}
