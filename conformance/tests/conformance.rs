//! The suite over every subject that was built in.

use std::process::ExitCode;

use hostcrypt_conformance::Suite;
use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let (suite, trials) = Suite::new();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        println!("{}", suite.summary((conclusion.num_passed + conclusion.num_failed) as usize));
    }
    // A filter may leave nothing to run; a whole run that judges nothing is a failure.
    if arguments.filter.is_none() && !arguments.list && conclusion.num_passed == 0 {
        eprintln!("nothing was judged");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}
