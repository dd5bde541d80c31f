package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.seeddelta.bindings.sd.sd_progress;
import org.junit.jupiter.api.Test;

class ProgressCellTest {
    @Test
    void watcherSeesWhatTheCallWritesAndTheOtherWayRound() {
        try (ProgressCell cell = new ProgressCell()) {
            cell.restart(10);
            assertThat(sd_progress.total(cell.segment())).isEqualTo(10);
            sd_progress.done(cell.segment(), 3);
            assertThat(cell.total()).isEqualTo(10);
            assertThat(cell.done()).isEqualTo(3);
            assertThat(cell.isCancelled()).isFalse();
            cell.cancel();
            assertThat(sd_progress.cancel(cell.segment())).isNotZero();
            cell.restart();
            assertThat(cell.done()).isZero();
            assertThat(cell.total()).isZero();
            assertThat(cell.isCancelled()).isTrue();
        }
    }

    @Test
    void closedTwiceAndThenUnusable() {
        ProgressCell cell = new ProgressCell();
        cell.close();
        cell.close();
        cell.cancel();
        assertThatThrownBy(cell::done).isInstanceOf(IllegalStateException.class);
    }
}
