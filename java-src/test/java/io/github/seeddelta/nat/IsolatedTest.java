package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Starts real child processes; the C library stands for native code that ends its process.
class IsolatedTest {
    private final List<JsonNode> events = new ArrayList<>();
    private final List<String> stderr = Collections.synchronizedList(new ArrayList<>());

    /// What the child does, by name.
    public static final class Job implements IsolatedJob {
        @Override
        public JsonNode run(JsonNode request, Consumer<JsonNode> events) {
            return switch (request.asText()) {
                case "count" -> {
                    System.out.println("a stray line");
                    for (int i = 0; i < 3; i++) {
                        events.accept(IntNode.valueOf(i));
                    }
                    yield TextNode.valueOf("línea\nΔ " + System.getProperty("seeddelta.isolated.test"));
                }
                case "broken file" -> throw new NativeException.Input("x.gguf: broken");
                case "bug" -> throw new IllegalStateException("impossible");
                case "abort" -> {
                    System.err.println("ggml.c:12: GGML_ASSERT(n > 0) failed");
                    System.err.println("(no back trace)");
                    call("abort");
                    yield request;
                }
                case "segfault" -> {
                    call("strlen");
                    yield request;
                }
                case "killed" -> {
                    kill();
                    yield request;
                }
                case "hang" -> {
                    events.accept(TextNode.valueOf(
                            Long.toString(ProcessHandle.current().pid())));
                    sleepForever();
                    yield request;
                }
                default -> throw new IllegalArgumentException(request.asText());
            };
        }

        private static void call(String function) {
            Linker linker = Linker.nativeLinker();
            try {
                linker.downcallHandle(
                                linker.defaultLookup().findOrThrow(function),
                                FunctionDescriptor.ofVoid(ValueLayout.ADDRESS))
                        .invoke(MemorySegment.NULL);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        private static void kill() {
            try {
                new ProcessBuilder(
                                "kill",
                                "-9",
                                Long.toString(ProcessHandle.current().pid()))
                        .start()
                        .waitFor();
            } catch (java.io.IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private static void sleepForever() {
            try {
                Thread.sleep(Long.MAX_VALUE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Test
    void answerAndEventsComeBack() {
        System.setProperty("seeddelta.isolated.test", "passed on");
        assertThat(run("count").asText()).isEqualTo("línea\nΔ passed on");
        assertThat(events).extracting(JsonNode::asInt).containsExactly(0, 1, 2);
    }

    @Test
    void nativeExceptionIsThrownAgain() {
        assertThatThrownBy(() -> run("broken file"))
                .isInstanceOf(NativeException.Input.class)
                .hasMessage("x.gguf: broken");
    }

    @Test
    void otherExceptionIsInternalAndItsTraceIsForTheDebugger() {
        assertThatThrownBy(() -> run("bug"))
                .isInstanceOf(NativeException.Internal.class)
                .hasMessage("java.lang.IllegalStateException: impossible");
        assertThat(stderr).anyMatch(line -> line.contains("IsolatedTest$Job.run"));
    }

    @Test
    void abortBecomesOneLineWithTheLastError() {
        assertThatThrownBy(() -> run("abort"))
                .isInstanceOf(NativeException.Input.class)
                .hasMessage("native code stopped on m.gguf: ggml.c:12: GGML_ASSERT(n > 0) failed");
    }

    @Test
    void segmentationFaultBecomesOneLine() {
        assertThatThrownBy(() -> run("segfault"))
                .isInstanceOf(NativeException.Input.class)
                .message()
                .startsWith("native code stopped on m.gguf: ")
                .doesNotContain("\n");
        assertThat(stderr).noneMatch(line -> line.contains("hs_err"));
    }

    @Test
    void killedBySystemMeansMemory() {
        assertThatThrownBy(() -> run("killed"))
                .isInstanceOf(NativeException.NoMemory.class)
                .hasMessageContaining("memory ran out");
    }

    @Test
    void interruptionEndsTheChild() throws InterruptedException {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicReference<String> pid = new AtomicReference<>();
        Thread caller = Thread.ofPlatform().start(() -> {
            Thread self = Thread.currentThread();
            try {
                Isolated.run(
                        Job.class,
                        TextNode.valueOf("hang"),
                        "m.gguf",
                        event -> {
                            pid.set(event.asText());
                            self.interrupt();
                        },
                        stderr::add);
            } catch (NativeException e) {
                thrown.set(e);
            }
        });
        caller.join();
        assertThat(thrown.get()).isInstanceOf(NativeException.Cancelled.class);
        assertThat(ProcessHandle.of(Long.parseLong(pid.get())).map(IsolatedTest::endsSoon))
                .isNotEqualTo(java.util.Optional.of(false));
    }

    private static boolean endsSoon(ProcessHandle process) {
        try {
            process.onExit().get(10, java.util.concurrent.TimeUnit.SECONDS);
            return true;
        } catch (java.util.concurrent.TimeoutException
                | java.util.concurrent.ExecutionException
                | InterruptedException e) {
            return false;
        }
    }

    private JsonNode run(String what) {
        return Isolated.run(Job.class, TextNode.valueOf(what), "m.gguf", events::add, stderr::add);
    }
}
