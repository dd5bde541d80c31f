package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NativeHandleTest {
    private final List<String> destroyed = new ArrayList<>();

    private final class Fake extends NativeHandle {
        Fake(String name, Fake... parents) {
            super(name, MemorySegment.ofAddress(0x1000), handle -> destroyed.add(name), List.of(parents));
        }
    }

    @Test
    void closeRunsTheDestructorOnce() {
        Fake handle = new Fake("model");
        assertThat(handle.isOpen()).isTrue();
        handle.close();
        handle.close();
        assertThat(handle.isOpen()).isFalse();
        assertThat(destroyed).containsExactly("model");
    }

    @Test
    void parentRefusesToCloseBeforeItsChildren() {
        Fake model = new Fake("model");
        Fake first = new Fake("weight a", model);
        Fake second = new Fake("weight b", model);
        assertThatThrownBy(model::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("close weight a, weight b before model");
        assertThat(destroyed).isEmpty();
        assertThat(model.isOpen()).isTrue();
        second.close();
        first.close();
        model.close();
        assertThat(destroyed).containsExactly("weight b", "weight a", "model");
    }

    @Test
    void childOfSeveralParentsHoldsAll() {
        Fake weight = new Fake("weight");
        Fake base = new Fake("base", weight);
        Fake payload = new Fake("payload", weight, base);
        assertThatThrownBy(base::close).hasMessage("close payload before base");
        payload.close();
        base.close();
        weight.close();
        assertThat(destroyed).containsExactly("payload", "base", "weight");
    }

    @Test
    void closedHandleCannotBeUsedOrHaveChildren() {
        Fake model = new Fake("model");
        Fake open = new Fake("open");
        model.close();
        assertThatThrownBy(model::handle)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("model is closed");
        assertThatThrownBy(() -> new Fake("weight", open, model)).hasMessage("model is closed");
        assertThat(destroyed).as("the child that could not be attached").containsExactly("model", "weight");
        open.close();
        assertThat(destroyed).containsExactly("model", "weight", "open");
    }

    @Test
    void noHandleFromNativeCodeIsABug() {
        assertThatThrownBy(() -> Foreign.string(MemorySegment.NULL)).isInstanceOf(NativeException.Internal.class);
    }
}
