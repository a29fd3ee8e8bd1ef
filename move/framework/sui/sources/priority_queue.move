/// Max-heap of values by priority.
module sui::priority_queue;

/// Nothing is left.
const EPopFromEmptyHeap: u64 = 0;

public struct PriorityQueue<T: drop> has drop, store {
    /// Children of entry i are 2i + 1 and 2i + 2; no child has more priority than its parent.
    entries: vector<Entry<T>>,
}

public struct Entry<T: drop> has drop, store {
    priority: u64,
    value: T,
}

public fun new<T: drop>(mut entries: vector<Entry<T>>): PriorityQueue<T> {
    let len = entries.length();
    let mut i = len / 2;
    while (i > 0) {
        i = i - 1;
        max_heapify_recursive(&mut entries, len, i);
    };
    PriorityQueue { entries }
}

/// (priority, value) of the entry with the greatest priority.
public fun pop_max<T: drop>(pq: &mut PriorityQueue<T>): (u64, T) {
    let len = pq.entries.length();
    assert!(len > 0, EPopFromEmptyHeap);
    let Entry { priority, value } = pq.entries.swap_remove(0);
    max_heapify_recursive(&mut pq.entries, len - 1, 0);
    (priority, value)
}

public fun insert<T: drop>(pq: &mut PriorityQueue<T>, priority: u64, value: T) {
    pq.entries.push_back(Entry { priority, value });
    let index = pq.entries.length() - 1;
    restore_heap_recursive(&mut pq.entries, index);
}

public fun new_entry<T: drop>(priority: u64, value: T): Entry<T> {
    Entry { priority, value }
}

public fun create_entries<T: drop>(p: vector<u64>, v: vector<T>): vector<Entry<T>> {
    p.zip_map!(v, |priority, value| Entry { priority, value })
}

/// Priorities in heap order.
public fun priorities<T: drop>(pq: &PriorityQueue<T>): vector<u64> {
    pq.entries.map_ref!(|entry| entry.priority)
}

/// Moves the entry up while its parent has less priority.
fun restore_heap_recursive<T: drop>(v: &mut vector<Entry<T>>, i: u64) {
    if (i == 0) return;
    let parent = (i - 1) / 2;
    if (v[i].priority > v[parent].priority) {
        v.swap(i, parent);
        restore_heap_recursive(v, parent);
    }
}

/// Moves the entry down while a child has more priority.
fun max_heapify_recursive<T: drop>(v: &mut vector<Entry<T>>, len: u64, i: u64) {
    if (len == 0) return;
    let left = i * 2 + 1;
    let right = left + 1;
    let mut max = i;
    if (left < len && v[left].priority > v[max].priority) max = left;
    if (right < len && v[right].priority > v[max].priority) max = right;
    if (max != i) {
        v.swap(max, i);
        max_heapify_recursive(v, len, max);
    }
}
