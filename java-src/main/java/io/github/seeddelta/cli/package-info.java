/// The command line: parses, reports, and maps outcomes to exit codes. Nothing imports this package.
///
/// Each command is a picocli class here and does its work through a package below it; [Commands] lists them.
@NullMarked
package io.github.seeddelta.cli;

import org.jspecify.annotations.NullMarked;
