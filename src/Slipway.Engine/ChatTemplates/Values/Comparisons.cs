using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Syntax;

namespace Slipway.Engine.ChatTemplates.Values;

/// <summary>Python's <c>==</c>, <c>&lt;</c> and <c>in</c>.</summary>
internal static class Comparisons
{
    public static bool Holds(ComparisonOperator comparison, Value a, Value b, RenderContext context) => comparison switch
    {
        ComparisonOperator.Equal => AreEqual(a, b, context),
        ComparisonOperator.NotEqual => !AreEqual(a, b, context),
        ComparisonOperator.In => Contains(b, a, context),
        ComparisonOperator.NotIn => !Contains(b, a, context),
        ComparisonOperator.Less => Compare(a, b, context, "<") is < 0,
        ComparisonOperator.LessOrEqual => Compare(a, b, context, "<=") is <= 0,
        ComparisonOperator.Greater => Compare(a, b, context, ">") is > 0,
        _ => Compare(a, b, context, ">=") is >= 0,
    };

    public static bool AreEqual(Value a, Value b, RenderContext context, int depth = 0)
    {
        context.ChargeNested(depth);
        switch (a, b)
        {
            case (TextValue x, TextValue y):
                context.ChargeText(Math.Min(x.Text.Length, y.Text.Length));
                return x.Text == y.Text;
            case (ListValue x, ListValue y):
                return ItemsAreEqual(x.Items, y.Items, context, depth);
            case (TupleValue x, TupleValue y):
                return ItemsAreEqual(x.Items, y.Items, context, depth);
            case (RangeValue x, RangeValue y):
                return ItemsAreEqual(x.Items, y.Items, context, depth);
            case (DictValue x, DictValue y):
                return x.Entries.Count == y.Entries.Count && x.Entries.All(entry =>
                    y.Entries.TryGetValue(entry.Key, out var other) && AreEqual(entry.Value, other, context, depth + 1));
            case (UndefinedValue, UndefinedValue):
                return true;
            default:
                return Numbers.AreEqual(a, b) ?? ReferenceEquals(a, b);
        }
    }

    /// <summary>Below 0, 0 or above 0; null when one of two numbers is not a number.</summary>
    public static int? Compare(Value a, Value b, RenderContext context, string sign = "<", int depth = 0)
    {
        context.ChargeNested(depth);
        return (a, b) switch
        {
            (TextValue x, TextValue y) => CompareText(x.Text, y.Text, context),
            (ListValue x, ListValue y) => CompareItems(x.Items, y.Items, context, sign, depth),
            (TupleValue x, TupleValue y) => CompareItems(x.Items, y.Items, context, sign, depth),
            (UndefinedValue undefined, _) => throw undefined.Fault(),
            (_, UndefinedValue undefined) => throw undefined.Fault(),
            _ when Numbers.AsInteger(a) is { } x && Numbers.AsInteger(b) is { } y => x.CompareTo(y),
            _ when Numbers.IsNumber(a) && Numbers.IsNumber(b) => CompareFloats(Numbers.ToDouble(a), Numbers.ToDouble(b)),
            _ => throw new ChatTemplateException($"'{sign}' does not compare {a.TypeName} with {b.TypeName}."),
        };
    }

    public static bool Contains(Value container, Value item, RenderContext context)
    {
        switch (container)
        {
            case TextValue text:
                var part = (item as TextValue)?.Text
                    ?? throw new ChatTemplateException($"Only text can be 'in' text, not a value of type {item.TypeName}.");
                context.ChargeSearch(text.Text, part);
                return text.Text.Contains(part, StringComparison.Ordinal);
            case DictValue dict:
                return dict.Entries.ContainsKey(KeyComparer.Check(item));
            case NamespaceValue or CallableValue:
                throw new ChatTemplateException($"Nothing can be 'in' a value of type {container.TypeName}.");
            default:
                return container.Iterate().Any(element => ReferenceEquals(element, item) || AreEqual(element, item, context));
        }
    }

    private static bool ItemsAreEqual(Value[] a, Value[] b, RenderContext context, int depth)
    {
        if (a.Length != b.Length)
        {
            return false;
        }

        for (var i = 0; i < a.Length; i++)
        {
            if (!AreEqual(a[i], b[i], context, depth + 1))
            {
                return false;
            }
        }

        return true;
    }

    private static int? CompareItems(Value[] a, Value[] b, RenderContext context, string sign, int depth)
    {
        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            if (!AreEqual(a[i], b[i], context, depth + 1))
            {
                return Compare(a[i], b[i], context, sign, depth + 1);
            }
        }

        return a.Length.CompareTo(b.Length);
    }

    /// <summary>By code points: UTF-16 order differs where pairs meet characters from E000 on.</summary>
    private static int CompareText(string a, string b, RenderContext context)
    {
        context.ChargeText(Math.Min(a.Length, b.Length));
        var same = a.AsSpan().CommonPrefixLength(b);
        if (same == a.Length || same == b.Length)
        {
            return a.Length.CompareTo(b.Length);
        }

        return Rank(a[same]).CompareTo(Rank(b[same]));

        static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
    }

    private static int? CompareFloats(double x, double y) => double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y);
}
