using System.Globalization;
using System.Reflection;
using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Platform.Validation;

/// <summary><c>?limit=&amp;offset=</c> of a list. The endpoint has to refuse invalid parameters: <see cref="BodyEndpoints.RefusesInvalid"/>.</summary>
internal sealed class Page : IRefusable
{
    /// <summary>How many there are in all stands in this header.</summary>
    public const string TotalHeader = "X-Total-Count";

    private const int Usual = 50;
    private const int Most = 1000;

    private Page(long limit, long offset, IResult? refusal) => (Limit, Offset, Refusal) = (limit, offset, refusal);

    /// <summary>1 to 1000; 50 when nothing is said.</summary>
    public long Limit { get; }

    /// <summary>How many to leave out.</summary>
    public long Offset { get; }

    public IResult? Refusal { get; }

    public static Page Of(long limit, long offset) => new(limit, offset, null);

    public static ValueTask<Page> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var faults = new FaultList();
        var limit = Read(context, "limit", Usual, 1, Most, faults);
        var offset = Read(context, "offset", 0, 0, long.MaxValue, faults);
        return ValueTask.FromResult(new Page(limit, offset, faults.Count > 0 ? new FaultsResult(faults.All) : null));
    }

    /// <summary>A whole number of the query string.</summary>
    public static long Read(HttpContext context, string name, long usual, long min, long max, FaultList faults) =>
        Read(name, context.Request.Query[name], min, max, faults) ?? usual;

    /// <inheritdoc cref="Read(HttpContext, string, long, long, long, FaultList)"/>
    /// <returns>Null when nothing was said, or something else than a number.</returns>
    public static long? Read(string name, string? text, long min, long max, FaultList faults)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }
        var path = BodyPath.Query.Then(name);
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            faults.Add(path, "value is not a valid integer", FaultTypes.Integer);
            return null;
        }
        if (value < min)
        {
            faults.Add(path, $"ensure this value is greater than or equal to {min}", FaultTypes.NotGe);
        }
        else if (value > max)
        {
            faults.Add(path, $"ensure this value is less than or equal to {max}", FaultTypes.NotLe);
        }
        return value;
    }
}
