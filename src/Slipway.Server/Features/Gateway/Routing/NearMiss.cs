using Slipway.Server.Features.Gateway.Errors;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>The 404 for a model that nothing is called, with the names that the client may have meant.</summary>
internal static class NearMiss
{
    private const int MostShown = 3;
    private const int LongestShown = 100;

    public static OpenAiError NotFound(string model, IEnumerable<string> names)
    {
        var shown = model.Length <= LongestShown ? model : model[..LongestShown] + "…";
        var near = Among(model, names);
        var hint = near.Count > 0 ? $"Did you mean '{string.Join("', '", near)}'?" : "GET /v1/models lists what there is.";
        return new OpenAiError(
            StatusCodes.Status404NotFound, OpenAiErrorTypes.InvalidRequest,
            $"The model '{shown}' does not exist here or this key may not use it. {hint}", "model", "model_not_found");
    }

    internal static List<string> Among(string model, IEnumerable<string> names) =>
        model.Length > LongestShown ? [] :
        [
            .. names.Select(name => (name, distance: Distance(model, name)))
                .Where(pair => pair.distance <= Math.Max(2, model.Length / 4))
                .OrderBy(pair => pair.distance).ThenBy(pair => pair.name, StringComparer.Ordinal)
                .Take(MostShown).Select(pair => pair.name),
        ];

    // Only a part of a name, such as 'qwen3-8b' for 'Qwen/Qwen3-8B', is as near as a slip of the finger.
    private static int Distance(string model, string name) =>
        model.Length > 2 && name.Contains(model, StringComparison.OrdinalIgnoreCase) ? 1
        : name.Length > 2 && model.Contains(name, StringComparison.OrdinalIgnoreCase) ? 1
        : name.Length > LongestShown ? int.MaxValue
        : Edits(model.ToUpperInvariant(), name.ToUpperInvariant());

    private static int Edits(string from, string to)
    {
        Span<int> row = stackalloc int[LongestShown + 1];
        for (var j = 0; j <= to.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[to.Length];
    }
}
