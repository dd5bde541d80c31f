package io.github.seeddelta.arch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The arrows of ARCHITECTURE.md: cli → build eval scan toy → policy gate tune report, and nat → bindings.
final class Arrows {
    private static final String[] WORK = {"build", "eval", "scan", "toy"};
    private static final String[] PURE = {"policy", "gate", "tune", "report"};

    /// What JSON and exceptions need of java.io; everything else there reaches the outside.
    private static final Set<String> HARMLESS_IO = Set.of(
            "java.io.IOException",
            "java.io.UncheckedIOException",
            "java.io.Serializable",
            "java.io.InputStream",
            "java.io.OutputStream",
            "java.io.ByteArrayInputStream",
            "java.io.ByteArrayOutputStream",
            "java.io.Reader",
            "java.io.StringReader",
            "java.io.Writer",
            "java.io.StringWriter");

    private Arrows() {}

    /// The rules for the packages under `root`, by name.
    static Map<String, ArchRule> rules(String root) {
        Map<String, ArchRule> rules = new LinkedHashMap<>();
        rules.put(
                "nobody imports cli",
                noClasses()
                        .that()
                        .resideOutsideOfPackage(root + ".cli..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(root + ".cli.."));
        rules.put(
                "pure packages import neither work nor native code",
                noClasses()
                        .that()
                        .resideInAnyPackage(under(root, PURE))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(concat(under(root, WORK), root + ".nat..", root + ".bindings..")));
        rules.put(
                "nat imports only bindings",
                noClasses()
                        .that()
                        .resideInAPackage(root + ".nat..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(concat(under(root, WORK), under(root, PURE))));
        rules.put(
                "only nat imports bindings",
                noClasses()
                        .that()
                        .resideOutsideOfPackages(root + ".nat..", root + ".bindings..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(root + ".bindings.."));
        rules.put(
                "bindings import nothing of ours",
                noClasses()
                        .that()
                        .resideInAPackage(root + ".bindings..")
                        .should()
                        .dependOnClassesThat(in(root, "outside the bindings")));
        rules.put(
                "only nat and bindings speak FFM",
                noClasses()
                        .that()
                        .resideOutsideOfPackages(root + ".nat..", root + ".bindings..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("java.lang.foreign.."));
        rules.put(
                "pure packages do no input or output",
                noClasses()
                        .that()
                        .resideInAnyPackage(under(root, PURE))
                        .should()
                        .dependOnClassesThat(reachingOutside()));
        rules.put(
                "only cli parses arguments",
                noClasses()
                        .that()
                        .resideOutsideOfPackage(root + ".cli..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("picocli.."));
        rules.put(
                "only cli touches the process streams",
                noClasses()
                        .that()
                        .resideOutsideOfPackages(root + ".cli..", root + ".bindings..")
                        .and()
                        .haveNameNotMatching(".*\\.nat\\.IsolatedWorker")
                        .should()
                        .accessField(System.class, "out")
                        .orShould()
                        .accessField(System.class, "err"));
        rules.put(
                "only Main exits",
                noClasses()
                        .that()
                        .haveNameNotMatching(".*\\.cli\\.Main")
                        .should()
                        .callMethod(System.class, "exit", int.class));
        rules.put(
                "no cycles between packages",
                slices().matching(root + ".(*)..").should().beFreeOfCycles());
        rules.put(
                "every class is in a known package",
                classes()
                        .should()
                        .resideInAnyPackage(concat(
                                concat(under(root, WORK), under(root, PURE)),
                                root + ".cli..",
                                root + ".nat..",
                                root + ".bindings..")));
        return rules;
    }

    private static DescribedPredicate<JavaClass> reachingOutside() {
        List<String> packages =
                List.of("java.nio.file", "java.nio.channels", "java.net", "java.lang.foreign", "java.sql");
        return DescribedPredicate.describe("reach outside the process", type -> {
            String name = type.getPackageName();
            boolean inPackage = packages.stream().anyMatch(each -> name.equals(each) || name.startsWith(each + "."));
            boolean stream = name.equals("java.io") && !HARMLESS_IO.contains(type.getName());
            boolean process = type.getName().startsWith("java.lang.Process");
            return inPackage || stream || process;
        });
    }

    private static DescribedPredicate<JavaClass> in(String root, String description) {
        return DescribedPredicate.describe(
                description,
                type -> type.getPackageName().startsWith(root + ".")
                        && !type.getPackageName().startsWith(root + ".bindings"));
    }

    private static String[] under(String root, String... names) {
        return Arrays.stream(names).map(name -> root + "." + name + "..").toArray(String[]::new);
    }

    private static String[] concat(String[] first, String... second) {
        String[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
