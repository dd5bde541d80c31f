package io.github.seeddelta.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.seeddelta.gate.Decision.Result;
import io.github.seeddelta.policy.Policies;
import io.github.seeddelta.policy.Policy;
import io.github.seeddelta.policy.RandomPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;

/// The strip contract (SPEC §10) over random policies and metric tables, 30 tensors each.
class StripContractTest {
    private static final int LAYERS = 10;
    private static final int TRIES = 10_000;

    @Property(tries = TRIES)
    void holdsWithoutForce(@ForAll long seed) {
        check(seed, new Decisions.Flags(false));
    }

    @Property(tries = TRIES)
    void onlyForceGoesRoundItAndIsMarked(@ForAll long seed) {
        check(seed, new Decisions.Flags(true));
    }

    private static void check(long seed, Decisions.Flags flags) {
        Random random = new Random(seed);
        String json = new RandomPolicy(random).valid().toString();
        Policy policy = Policies.strict(json);
        Map<TensorId, MetricPair> metrics = SyntheticBuild.metrics(random, LAYERS);
        SyntheticBuild build = SyntheticBuild.run(policy, LAYERS, metrics, flags);
        assertThat(build.rows()).hasSize(LAYERS * 3);
        for (SyntheticBuild.Row row : build.rows()) {
            check(row, flags, json);
        }
        Statistics.collect(kind(build));
    }

    private static void check(SyntheticBuild.Row row, Decisions.Flags flags, String json) {
        Decision decision = row.decision();
        boolean enabled = row.resolved().enabled();
        boolean stripAsked = row.resolved().stripDense();
        boolean gatePassed = row.gate().map(GateOutcome::pass).orElse(false);
        boolean finite = row.gate().map(g -> g.measured().isFinite()).orElse(false);
        boolean refused = decision.refusedBy().isPresent();
        boolean emits = decision.emitDelta();
        boolean strips = decision.stripApplied();
        boolean forced = decision.forced();
        boolean marked =
                decision.result() == Result.FORCED && decision.reason().startsWith("FORCED by --force-strip-dense");
        boolean based =
                decision.metricUsed().isPresent() && decision.thresholdsUsed().isPresent();

        List<String> broken = new ArrayList<>();
        require(broken, !strips || emits, "stripped => a payload");
        require(broken, !strips || stripAsked, "stripped => the policy asked for it");
        require(broken, !strips || finite, "stripped => it can be run");
        require(broken, enabled || (!emits && !strips), "disabled => neither");
        require(broken, !enabled || gatePassed || refused, "gate fails => refused");
        require(broken, !refused || forced || (!emits && !strips), "refused => no payload and dense kept");
        require(broken, !(enabled && gatePassed && !refused) || (emits && strips == stripAsked), "passed => as asked");
        require(broken, !forced || (flags.forceStripDense() && refused), "forced => flag given and refused");
        require(broken, forced == marked, "forced <=> marked");
        require(broken, based == enabled, "judged <=> metric and thresholds named");
        require(broken, decision.reason().endsWith(".") && !decision.reason().contains("\n"), "one sentence");
        if (!broken.isEmpty()) {
            fail(row.id() + " breaks " + broken + ": " + decision + "\n" + json);
        }
    }

    private static void require(List<String> broken, boolean holds, String invariant) {
        if (!holds) {
            broken.add(invariant);
        }
    }

    private static String kind(SyntheticBuild build) {
        boolean stripped = build.rows().stream().anyMatch(r -> r.decision().stripApplied());
        boolean emitted = build.rows().stream().anyMatch(r -> r.decision().emitDelta());
        return stripped ? "strips" : emitted ? "emits" : "keeps all dense";
    }
}
