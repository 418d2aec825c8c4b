//! The examples, and what is wrong with a file after a change.

use flowswitch::config::Config;

pub const FIG2: &str = include_str!("../../examples/fig2.toml");
pub const ONE_ARMED: &str = include_str!("../../examples/one-armed.toml");
pub const ONE_VLAN: &str = include_str!("../../examples/one-armed-one-vlan.toml");

pub fn parse(text: &str) -> Config {
    Config::parse("test.toml", text).unwrap_or_else(|error| panic!("{:?}", error.problems))
}

/// Replaces lines of a file and gives the errors as `line: message / remedy`.
pub fn errors_of(file: &str, replacements: &[(&str, &str)]) -> Vec<String> {
    let text = replacements
        .iter()
        .fold(file.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from} is not in the file");
            text.replacen(from, to, 1)
        });
    let error = Config::parse("test.toml", &text).expect_err("a wrong configuration");
    let line =
        |p: &flowswitch::config::Problem| format!("{}: {} / {}", p.line(), p.message(), p.remedy());
    error.problems.iter().map(line).collect()
}

/// Line of a text in a file.
pub fn line_in(file: &str, text: &str) -> usize {
    let line = file.lines().position(|line| line.contains(text));
    1 + line.expect("a line of the file")
}

pub fn line_of(text: &str) -> usize {
    line_in(FIG2, text)
}

/// Fig. 2's file with replacements has one error.
#[track_caller]
pub fn one_error(replacements: &[(&str, &str)], line: usize, message: &str, remedy: &str) {
    let errors = errors_of(FIG2, replacements);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(
        errors[0].starts_with(&format!("{line}: ")),
        "line {line}: {}",
        errors[0]
    );
    let (found, advice) = errors[0].split_once(" / ").expect("message and remedy");
    assert!(found.contains(message), "{message}: {found}");
    assert!(advice.contains(remedy), "{remedy}: {advice}");
}

/// A second cluster behind Fig. 2's file.
pub fn with_second_cluster(lines: &str) -> Result<Config, Vec<String>> {
    let text = format!("{FIG2}\n[[cluster]]\nname = \"second\"\n{lines}\n");
    let messages = |error: flowswitch::config::ConfigError| {
        error
            .problems
            .iter()
            .map(|problem| problem.message().to_owned())
            .collect()
    };
    Config::parse("test.toml", &text).map_err(messages)
}
