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
    // A filter may leave nothing to run; a whole run that judges nothing, or knows no vectors of others for an
    // algorithm, is a failure.
    if arguments.filter.is_none() && arguments.skip.is_empty() && !arguments.list {
        let unexercised = suite.unexercised();
        if conclusion.num_passed == 0 || !unexercised.is_empty() {
            eprintln!("nothing was judged, or no vectors were run for these algorithms: {unexercised:?}");
            return ExitCode::FAILURE;
        }
    }
    conclusion.exit_code()
}
