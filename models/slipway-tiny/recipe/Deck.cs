namespace Slipway.Recipe;

/// <summary>Deals every item once before any comes again, so that rare phrasings are not left to luck.</summary>
internal sealed class Deck<T>(IEnumerable<T> items, Chance chance)
{
    private readonly T[] _items = [.. items];
    private int _next;

    public int Count => _items.Length;

    public T Deal()
    {
        if (_next == 0)
        {
            chance.Shuffle(_items);
        }
        var item = _items[_next];
        _next = (_next + 1) % _items.Length;
        return item;
    }
}
