namespace Slipway.Engine.Tokenizers;

/// <summary>A binary heap of numbers over an array that its user owns and has made large enough.</summary>
internal struct MinHeap(ulong[] items)
{
    private readonly ulong[] _items = items;
    private int _count;

    public void Add(ulong item)
    {
        var index = _count++;
        while (index > 0)
        {
            var parent = (index - 1) / 2;
            if (_items[parent] <= item)
            {
                break;
            }

            _items[index] = _items[parent];
            index = parent;
        }

        _items[index] = item;
    }

    /// <summary>Takes the smallest item out; false when there is none.</summary>
    public bool TryTake(out ulong item)
    {
        item = 0;
        if (_count == 0)
        {
            return false;
        }

        item = _items[0];
        Sink(_items[--_count]);
        return true;
    }

    private readonly void Sink(ulong item)
    {
        var index = 0;
        for (var child = 1; child < _count; child = (2 * index) + 1)
        {
            if (child + 1 < _count && _items[child + 1] < _items[child])
            {
                child++;
            }

            if (item <= _items[child])
            {
                break;
            }

            _items[index] = _items[child];
            index = child;
        }

        _items[index] = item;
    }
}
