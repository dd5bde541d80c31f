package io.github.seeddelta.eval.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.seeddelta.eval.EvalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcMemoryTest {
    private static final String STATUS = """
            Name:	java
            State:	S (sleeping)
            VmPeak:	 9000000 kB
            VmHWM:	  300000 kB
            VmRSS:	  250000 kB
            RssAnon:	  150000 kB
            RssFile:	   90000 kB
            RssShmem:	   10000 kB
            Threads:	12
            """;
    private static final String ROLLUP = """
            55d0c0a00000-7ffd3bdfe000 ---p 00000000 00:00 0    [rollup]
            Rss:              250400 kB
            Pss:              240000 kB
            Pss_Anon:         150100 kB
            Anonymous:        150200 kB
            Swap:                  0 kB
            """;

    @TempDir
    private Path proc;

    @Test
    void status_gives_split_and_peak() {
        MemorySample m = ProcMemory.parseStatus(STATUS).orElseThrow();
        assertThat(m).isEqualTo(new MemorySample(150_000L * 1024, 100_000L * 1024, 300_000L * 1024));
        assertThat(m.rssBytes()).isEqualTo(250_000L * 1024);
    }

    @Test
    void a_kernel_thread_has_no_memory() {
        assertThat(ProcMemory.parseStatus("Name:\tkthreadd\nThreads:\t1\n")).isEmpty();
        assertThat(ProcMemory.parseStatus("")).isEmpty();
    }

    @Test
    void the_exact_split_wins_where_the_kernel_offers_it() throws IOException {
        Files.writeString(proc.resolve("status"), STATUS);
        assertThat(ProcMemory.read(proc, "p").rssAnonBytes()).isEqualTo(150_000L * 1024);
        Files.writeString(proc.resolve("smaps_rollup"), ROLLUP);
        assertThat(ProcMemory.read(proc, "p"))
                .isEqualTo(new MemorySample(150_200L * 1024, 100_200L * 1024, 300_000L * 1024));
    }

    @Test
    void a_process_that_is_gone_is_one_line() {
        assertThatThrownBy(() -> ProcMemory.read(proc.resolve("none"), "process 4"))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("process 4");
    }

    @Test
    void reads_this_very_process() {
        MemorySample m = ProcMemory.read(ProcessHandle.current().pid());
        assertThat(m.rssAnonBytes()).isGreaterThan(1 << 20);
        assertThat(m.rssFileBytes()).isGreaterThan(1 << 20);
        assertThat(m.peakBytes()).isGreaterThanOrEqualTo(m.rssAnonBytes());
    }
}
