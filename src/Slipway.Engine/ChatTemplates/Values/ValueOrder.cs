using Slipway.Engine.ChatTemplates.Rendering;

namespace Slipway.Engine.ChatTemplates.Values;

/// <summary>
/// Sorting in Python's order: a merge sort that keeps equal items as they were. The library's sort would wrap the fault of a
/// comparison, and may fault itself where an order contradicts itself, as with not-a-number.
/// </summary>
internal static class ValueOrder
{
    public static T[] Sort<T>(T[] items, Func<T, Value> keyOf, bool descending, RenderContext context)
    {
        context.Charge(items.Length);
        var keyed = Array.ConvertAll(items, item => (Key: keyOf(item), Item: item));
        Sort(keyed, new (Value, T)[items.Length], descending ? -1 : 1, context);
        return Array.ConvertAll(keyed, static pair => pair.Item);
    }

    private static void Sort<T>(Span<(Value Key, T Item)> items, Span<(Value Key, T Item)> spare, int sign, RenderContext context)
    {
        if (items.Length < 2)
        {
            return;
        }

        var half = items.Length / 2;
        Sort(items[..half], spare[..half], sign, context);
        Sort(items[half..], spare[half..], sign, context);
        items.CopyTo(spare);
        var (left, right) = (0, half);
        for (var i = 0; i < items.Length; i++)
        {
            var takesRight = left == half
                || (right < items.Length && (Comparisons.Compare(spare[right].Key, spare[left].Key, context) ?? 0) * sign < 0);
            items[i] = spare[takesRight ? right++ : left++];
        }
    }
}
