using System.Text.Json.Nodes;

namespace Slipway.Engine.Constraints.Schemas;

/// <summary>
/// Says whether the branches of a oneOf exclude one another. Only then is it an anyOf, which is all that can be held while
/// writing: that another branch does <em>not</em> match is known only at the end.
/// </summary>
internal sealed class OneOfBranches(SchemaReferences references)
{
    private const int MaxDepth = 6;
    private const int MaxBranches = 100;

    /// <exception cref="UnsupportedSchemaException">Two branches may both match.</exception>
    public void Check(List<SchemaPart> branches)
    {
        if (branches.Count > MaxBranches)
        {
            throw new UnsupportedSchemaException(branches[0].Path, $"oneOf with more than {MaxBranches} branches");
        }
        for (var i = 0; i < branches.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (!AreDisjoint(branches[j], branches[i], 0))
                {
                    throw new UnsupportedSchemaException(branches[i].Path, $"oneOf with a branch that may match together with branch {j} (anyOf is)");
                }
            }
        }
    }

    private bool AreDisjoint(SchemaPart x, SchemaPart y, int depth)
    {
        List<SchemaPart> xs = [], ys = [];
        if (!references.TryAdd(x, xs) || !references.TryAdd(y, ys))
        {
            return true;
        }
        if (depth == MaxDepth)
        {
            return false;
        }
        return (Types(xs) & Types(ys)) == 0
            || HaveNoCommonValue(xs, ys)
            || EveryBranch(xs, branch => AreDisjoint(branch, y, depth + 1))
            || EveryBranch(ys, branch => AreDisjoint(x, branch, depth + 1))
            || (OnlyObjects(xs) && OnlyObjects(ys) && DifferInAMember(xs, ys, depth));
    }

    private static bool EveryBranch(List<SchemaPart> parts, Func<SchemaPart, bool> holds) =>
        parts.Exists(part =>
            (part["anyOf"] is not null && part.Children("anyOf").All(holds))
            || (part["oneOf"] is not null && part.Children("oneOf").All(holds)));

    private static JsonTypes Types(List<SchemaPart> parts)
    {
        var types = JsonTypes.All;
        foreach (var part in parts)
        {
            if (part["type"] is { } node)
            {
                var isNullable = part["nullable"] is { } flag && SchemaReader.Flag(flag, part.Path + ".nullable");
                types &= SchemaReader.Types(node, part.Path + ".type") | (isNullable ? JsonTypes.Null : JsonTypes.None);
            }
            if (Values(part) is { } values)
            {
                types &= values.Aggregate(JsonTypes.None, (all, value) => all | SchemaReader.TypeOf(value));
            }
        }
        return types;
    }

    private static bool OnlyObjects(List<SchemaPart> parts) => Types(parts) == JsonTypes.Object;

    private static bool HaveNoCommonValue(List<SchemaPart> xs, List<SchemaPart> ys) =>
        xs.Exists(x => Values(x) is { } some && ys.Exists(y => Values(y) is { } others
            && !some.Exists(value => others.Exists(other => JsonNode.DeepEquals(value, other)))));

    private static List<JsonNode?>? Values(SchemaPart part) => part.Node is not JsonObject node
        ? null
        : node.TryGetPropertyValue("const", out var only) ? [only] : node["enum"] is JsonArray list ? [.. list] : null;

    /// <summary>A member that both must have, or one must have and the other may not, tells them apart.</summary>
    private bool DifferInAMember(List<SchemaPart> xs, List<SchemaPart> ys, int depth)
    {
        var (left, right) = (new ValueConstraints(xs), new ValueConstraints(ys));
        foreach (var name in left.Required.Concat(right.Required).Distinct())
        {
            foreach (var x in left.Member(name))
            {
                var isRequiredByBoth = left.Required.Contains(name) && right.Required.Contains(name);
                if (IsFalse(x) || right.Member(name).Any(y => IsFalse(y) || (isRequiredByBoth && AreDisjoint(x, y, depth + 1))))
                {
                    return true;
                }
            }
            if (left.Required.Contains(name) && right.Member(name).Any(IsFalse))
            {
                return true;
            }
        }
        return false;
    }

    private static bool IsFalse(SchemaPart part) => part.Node is JsonValue value && value.TryGetValue<bool>(out var accepts) && !accepts;
}
