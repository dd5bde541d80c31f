package io.github.seeddelta.scan;

import io.github.seeddelta.gate.TensorId;
import java.util.ArrayList;
import java.util.List;

/// One experiment: this tensor replaced this way, everything else as it was.
public record Probe(TensorId tensor, Setting setting) {
    /// Fractional part of the golden ratio: multiples of it, modulo 1, fill [0, 1) evenly from the first one on.
    private static final double GOLDEN = 0.6180339887498949;

    /// `blk.3.ffn_gate.weight scheme=coo,K=64`.
    public String name() {
        return tensor.kind().weightName(tensor.layer()) + " " + setting.text();
    }

    /// At most `limit` probes of the grid `tensors` × `settings`, in an order of which every beginning is spread over
    /// layers, kinds and settings, so that a scan that is stopped early is still a fair sample. The settings take
    // turns;
    /// each goes through the tensors by multiples of the golden ratio.
    public static List<Probe> spread(List<TensorId> tensors, List<Setting> settings, int limit) {
        List<Integer> order = goldenOrder(tensors.size());
        List<Probe> probes = new ArrayList<>();
        int n = tensors.size();
        for (int round = 0; round < n; round++) {
            for (int s = 0; s < settings.size() && probes.size() < limit; s++) {
                // Each setting starts elsewhere in the order, so that a short scan sees many tensors.
                int at = (round + s * Math.max(1, n / settings.size())) % n;
                probes.add(new Probe(tensors.get(order.get(at)), settings.get(s)));
            }
        }
        return probes;
    }

    private static List<Integer> goldenOrder(int n) {
        List<Integer> order = new ArrayList<>();
        boolean[] taken = new boolean[n];
        for (int i = 0; i < n; i++) {
            double at = i * GOLDEN;
            int index = (int) ((at - Math.floor(at)) * n);
            while (taken[index]) {
                index = (index + 1) % n;
            }
            taken[index] = true;
            order.add(index);
        }
        return order;
    }
}
