package io.github.seeddelta.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Holds the code to the arrows, and the arrows to code that breaks every one of them.
final class ArrowsTest {
    private static final String ROOT = "io.github.seeddelta";
    private static final String BROKEN = "io.github.seeddelta.arch.broken";

    private static final JavaClasses CODE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);
    private static final JavaClasses BROKEN_CODE = new ClassFileImporter().importPackages(BROKEN);

    @TestFactory
    Stream<DynamicTest> theCodeFollowsTheArrows() {
        return Arrows.rules(ROOT).entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(
                        rule.getKey(),
                        () -> rule.getValue().allowEmptyShould(true).check(CODE)));
    }

    @TestFactory
    Stream<DynamicTest> everyRuleCatchesItsBreach() {
        return Arrows.rules(BROKEN).entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(rule.getKey(), () -> assertThat(
                                rule.getValue().evaluate(BROKEN_CODE).hasViolation())
                        .as("a breach of: %s", rule.getKey())
                        .isTrue()));
    }

    @Test
    void everyPackageIsNullMarked() {
        List<String> unmarked = CODE.stream()
                .map(type -> type.getPackage())
                .filter(each -> !each.getName().startsWith(ROOT + ".bindings"))
                .filter(each -> !each.isAnnotatedWith(NullMarked.class))
                .map(JavaPackage::getName)
                .distinct()
                .sorted()
                .toList();
        assertThat(unmarked).isEmpty();
    }

    @Test
    void theImportSawTheCode() {
        assertThat(CODE.contain(ROOT + ".cli.Main")).isTrue();
        assertThat(CODE.contain(ROOT + ".arch.Arrows")).isFalse();
    }
}
