using System.Globalization;
using System.Text;
using Slipway.Client.Datasets;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Datasets;

/// <summary>Which datasets a list is of; its values are the parameters of its own SQL.</summary>
internal sealed record DatasetQuery
{
    private const int DefaultLimit = 100;
    private const int LargestLimit = 1000;

    public string? Type { get; init; }

    public string? TaskType { get; init; }

    public string? Name { get; init; }

    public string? Status { get; init; }

    public long Limit { get; init; } = DefaultLimit;

    public long Offset { get; init; }

    public static DatasetQuery Read(IQueryCollection query, FaultList faults) => new()
    {
        Type = Text(query, "type", faults)?.Text(max: 64),
        TaskType = Text(query, "task_type", faults)?.Text(max: 64),
        Name = Text(query, "name", faults)?.Text(max: 128),
        Status = Text(query, "status", faults)?.OneOf(DatasetStates.Empty, DatasetStates.Ready),
        Limit = Number(query, "limit", 1, LargestLimit, faults) ?? DefaultLimit,
        Offset = Number(query, "offset", 0, int.MaxValue, faults) ?? 0,
    };

    /// <summary>A whole number of the query string; null when it is not there, or after noting what is wrong with it.</summary>
    public static long? Number(IQueryCollection query, string name, long min, long max, FaultList faults)
    {
        if (!query.TryGetValue(name, out var values) || values[0] is not { Length: > 0 } text)
        {
            return null;
        }
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            faults.Add(BodyPath.Query.Then(name), "value is not a valid integer", FaultTypes.Integer);
            return null;
        }
        if (value < min)
        {
            faults.Add(BodyPath.Query.Then(name), $"ensure this value is greater than or equal to {min}", FaultTypes.NotGe);
        }
        if (value > max)
        {
            faults.Add(BodyPath.Query.Then(name), $"ensure this value is less than or equal to {max}", FaultTypes.NotLe);
        }
        return value;
    }

    public string Where()
    {
        var where = new StringBuilder();
        Add(where, Type, "type = @Type");
        Add(where, TaskType, "task_type = @TaskType");
        Add(where, Name, "name = @Name");
        Add(where, Status, Status == DatasetStates.Empty ? "version = ''" : "version <> ''");
        return where.ToString();
    }

    private static BodyValue? Text(IQueryCollection query, string name, FaultList faults) =>
        query.TryGetValue(name, out var values) && values[0] is { Length: > 0 } text ? QueryValue.Of(name, text, faults) : null;

    private static void Add(StringBuilder where, string? value, string condition)
    {
        if (value is not null)
        {
            where.Append(where.Length == 0 ? "where " : " and ").Append(condition);
        }
    }
}
