package io.github.seeddelta.nat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Owner of one native handle. The destructor is the cleanup action of the owner's arena and runs once, in [#close()].
/// A handle that was made from others holds them: they refuse to close before it.
///
/// A handle is used by one thread at a time; [#close()] during a call of another thread fails and changes nothing.
public abstract class NativeHandle implements AutoCloseable {
    private final String name;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment handle;
    private final List<NativeHandle> parents;
    private final List<NativeHandle> children = new ArrayList<>();

    /// @param name what this is, for messages: `model x.gguf`
    /// @param raw the handle; destroyed when the constructor fails
    NativeHandle(String name, MemorySegment raw, Consumer<MemorySegment> destructor, List<NativeHandle> parents) {
        this.name = name;
        this.handle = Foreign.owned(raw, arena, destructor);
        this.parents = parents;
        List<NativeHandle> attached = new ArrayList<>();
        try {
            for (NativeHandle parent : parents) {
                parent.attach(this);
                attached.add(parent);
            }
        } catch (IllegalStateException e) {
            attached.forEach(parent -> parent.detach(this));
            arena.close();
            throw e;
        }
    }

    /// @throws IllegalStateException after [#close()]
    final MemorySegment handle() {
        requireOpen();
        return handle;
    }

    /// Lives as long as the handle.
    final Arena arena() {
        return arena;
    }

    public final boolean isOpen() {
        return arena.scope().isAlive();
    }

    /// Runs the destructor; does nothing the second time.
    ///
    /// @throws IllegalStateException when handles made from this one are still open, naming them, or when another
    /// thread is inside a call
    @Override
    public final synchronized void close() {
        if (!isOpen()) {
            return;
        }
        if (!children.isEmpty()) {
            throw new IllegalStateException(
                    "close " + children.stream().map(NativeHandle::toString).collect(Collectors.joining(", "))
                            + " before " + name);
        }
        arena.close();
        parents.forEach(parent -> parent.detach(this));
    }

    @Override
    public final String toString() {
        return name;
    }

    private synchronized void attach(NativeHandle child) {
        requireOpen();
        children.add(child);
    }

    private synchronized void detach(NativeHandle child) {
        children.remove(child);
    }

    private void requireOpen() {
        if (!isOpen()) {
            throw new IllegalStateException(name + " is closed");
        }
    }
}
